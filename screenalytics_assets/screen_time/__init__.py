"""The artifact `screen_time`: who is on screen when in an episode, how long, and how sure that is.

Intervals, the time line and the formats that players, editing software and analysts open belong here. The time of a
show over all its episodes belongs in `season_screen_time`, and the comparison with a ground truth in
`identity_evaluation`.
"""
