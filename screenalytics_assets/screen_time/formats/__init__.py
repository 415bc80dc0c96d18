"""Screen time in the formats of players, editing software, tables and pictures: a module per format."""
