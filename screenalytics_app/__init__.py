"""The application on top of the asset graph: actions, the command line, and the generated documents.

What a user can ask for belongs in `actions`, how it looks in a terminal in `cli`, and the pages that are generated from
schemas and settings in `generated_docs`. What an artifact is and how it is made belongs in `screenalytics_assets`, and
access to video, models, files and databases in `screenalytics_resources`; neither imports this package.
"""
