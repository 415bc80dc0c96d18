"""Tables and reports of the command line, one file per idea; each fits 80 columns unless it is asked to be wide.

A function here turns a record into something that rich can print. What the record holds belongs in an action, and
printing belongs in the command.
"""
