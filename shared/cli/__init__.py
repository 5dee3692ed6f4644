"""The command line: ``main`` lists the commands, each is loaded when it is asked for."""
