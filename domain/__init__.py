"""The rules of the shop's money, in plain Python: values, state machines, posting rules and use cases."""
