"""Files of each kind from one frame."""

from pathlib import Path

import numpy as np
import pandas as pd


def write(folder: Path, frame: pd.DataFrame, ending: str, name: str = "data") -> Path:
    path = folder / f"{name}.{ending}"
    if ending == "npz":
        arrays = {name: frame[name].to_numpy() for name in frame.columns}
        text = {name: a.astype(str) for name, a in arrays.items() if a.dtype.kind == "O"}
        np.savez(path, **arrays | text)
    elif ending == "parquet":
        frame.to_parquet(path, index=False, row_group_size=5)
    else:
        frame.to_csv(path, index=False)
    return path
