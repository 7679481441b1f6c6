"""The Labs pane: questions of the course, each with a picture, a formula and tasks."""
