from pathlib import Path
def finish(path: Path, folder: Path) -> None: pass
