"""Laws are tried without a limit of time: how busy the machine is says nothing about them."""

from hypothesis import settings

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
