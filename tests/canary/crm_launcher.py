"""The command `crm`, with one difference: what it sends to Resend goes to RESEND_STAND_IN, on loopback."""

import os

from crm.__main__ import main
from crm.kernel import mail

mail.RESEND = os.environ["RESEND_STAND_IN"]
main()
