def grow(*a, **k): raise NotImplementedError
def grow_sample(*a, **k): raise NotImplementedError
