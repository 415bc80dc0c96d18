"""The artifact `season_screen_time`: how long everyone is on screen in a show, over all its episodes.

Code that adds episodes up belongs here. The time line of one episode and all formats belong in `screen_time`.
"""
