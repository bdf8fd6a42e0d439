"""What every test stands on: no screen, no user's files, and nothing left over."""

import os

# Set before anything imports Qt, Keras or TensorFlow, which read these once.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
