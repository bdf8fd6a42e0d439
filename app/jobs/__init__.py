"""Where work runs. Knows no project, no Keras and no Qt; imports nothing of ours."""
