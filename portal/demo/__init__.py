"""The demo company: a grocer on real till data, and a restaurant chain of our own making."""

# For the demo alone, which is why it may stand here: `make run` prints it beside the sign-ins.
PASSWORD = "harbour-kitchen"  # noqa: S105 - no secret, it is printed

# (e-mail, role) of the people who can sign in.
SIGN_INS = [
    ("ada@demo.example", "marketer"),
    ("ben@demo.example", "approver"),
    ("root@demo.example", "administrator"),
    ("cy@demo.example", "analyst"),
    ("mia@demo.example", "store_manager"),
    ("hal@demo.example", "help_desk"),
]
