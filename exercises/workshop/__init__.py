"""The parts of the exercises' runner, one concept a file:

catalog   the exercises as they lie in the tree, and how a student names them
mine      the student's own files under mine/, and the stub they were copied from
progress  what is done, which exercise is open, which hints were read: one plain-text file
build     making and running an exercise's programs
verdict   what a test program said, in a few lines
live      the student's file in the chapter's server
screen    the interactive screen
check     the exercises' own tests: stubs fail, solutions pass, wrong solutions get a message that helps
commands  the command line
"""
