"""What people read and machines run: formulas, pages, pictures, NumPy files."""
