"""What can go wrong where something is published outside, in a sentence."""


class NotPublished(Exception):  # noqa: N818  it reads as what happened
    """What should be out there is not, or can't be looked at. The text says where and why.

    It names no address: the paths of what we publish are secret.
    """
