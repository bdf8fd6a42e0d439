"""PySide6 6.12.0 on Python 3.10 and 3.11 loses a reference to `True` at every emit and aborts."""

import subprocess
import sys

SCRIPT = """
from PySide6.QtCore import QObject, Signal

class Sender(QObject):
    sent = Signal(int)

received = []
sender = Sender()
sender.sent.connect(received.append)
for number in range(2000):
    sender.sent.emit(number)
    sender.setObjectName(str(number))  # returns nothing
print(len(received), True, None)
"""


def test_two_thousand_emits_leave_the_process_alive() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout.split()) == (0, ["2000", "True", "None"]), done.stderr
