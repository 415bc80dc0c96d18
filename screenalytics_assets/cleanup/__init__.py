"""The `cleanup_report` artifact: phases that improve the stored artifacts of an episode, and the report on them.

Each phase reuses the code of the artifact that it replaces; algorithms that a normal run needs too belong in the folder
of that artifact. The command and its rollback belong in `screenalytics_app.actions`.
"""
