"""Speed and memory of the whole job, against its floor and against what one would write first."""
