"""Texts in the NumPy language for which a test compares reading with executing.

Each entry: declared shapes, sizes for the letters, the statements.  The texts are our own, so they
may be executed.
"""

from __future__ import annotations

SNIPPETS: dict[str, tuple[dict[str, str], str]] = {
    "aliases share an array": (
        {"x": "n, d"},
        """
a = x.copy()
b = a
b += 1
c = a * 2
c -= b
a[0] = 5
""",
    ),
    "numbers do not": (
        {"x": "n, d"},
        """
s = x.sum()
t = s
s += 1
u = x[0, 0]
v = u * 2
""",
    ),
    "views write through": (
        {"x": "n, d"},
        """
y = x.copy()
r = y[0]
r *= 3
t = y.T
t[1] += 2
z = y[:, 1:]
z[...] = z ** 2
flat = y.reshape(-1)
flat[::2] = 0
w = y[:, None, :]
w += 1
""",
    ),
    "buffer filled by a loop": (
        {"x": "t, n, d", "W": "d, d"},
        """
T = 4
h = np.zeros((T + 1, x.shape[1], x.shape[2]))
h[-1] = np.ones_like(x[0])
for t in range(T):
    h[t] = np.tanh(x[t] @ W + h[t - 1])
out = h[:T]
dh = np.zeros_like(h)
for t in reversed(range(T)):
    dh[t] += h[t] * 2
    dh[t - 1] += dh[t] @ W.T
total = dh.sum(axis=0)
""",
    ),
    "columns, pieces and overlaps": (
        {"x": "n, 6"},
        """
dz = np.zeros((x.shape[0], 6))
dz[:, :2] = x[:, 4:]
dz[:, 2:4] = 1.5
dz[:, 4:] = x[:, :2] * 2
acc = np.zeros_like(x)
for i in range(0, 4):
    acc[:, i:i + 3] += x[:, i:i + 3] * (i + 1)
back = x[:, ::-1]
odd = np.zeros_like(x)
odd[:, 1::2] = x[:, ::2]
""",
    ),
    "masks": (
        {"x": "n, d", "g": "n, d"},
        """
d1 = g.copy()
d1[x <= 0] = 0
d2 = g.copy()
d2[x < 0] *= 0.1
d3 = g * (x > 0)
d4 = g.copy()
m = (x > -0.5) & (x < 0.5)
d4[~m] = 0
d5 = g.copy()
d5[m] = x[m] * 2
s = x[m].sum()
e = np.where(np.logical_or(x > 1, x < -1), 0, g)
""",
    ),
    "integer arrays": (
        {"p": "n, k", "y": "n", "E": "k, d", "ids": "n"},
        """
n = p.shape[0]
dp = p.copy()
dp[np.arange(n), y] -= 1
dp /= n
dE = np.zeros_like(E)
np.add.at(dE, ids, E[ids] * 2)
last = np.zeros_like(E)
last[ids] = E[ids] + 1
once = np.zeros_like(E)
once[ids] += E[ids[::-1]]
q = p.copy()
q[[0, 2]] = 7
q[:, [1, 0]] += 1
picked = p[range(n), y]
same = p[list(range(len(y))), y]
""",
    ),
    "naive convolution": (
        {"x": "2, 4, 4", "w": "3, 2, 2, 2", "b": "3"},
        """
F, C, K, _ = w.shape
pad = 1
xp = np.zeros((C, x.shape[1] + 2 * pad, x.shape[2] + 2 * pad))
xp[:, pad:-pad, pad:-pad] = x
H = (x.shape[1] + 2 * pad - K) // 2 + 1
out = np.zeros((F, H, H))
for f in range(F):
    for i in range(H):
        for j in range(H):
            out[f, i, j] = np.sum(xp[:, i * 2:i * 2 + K, j * 2:j * 2 + K] * w[f]) + b[f]
dxp = np.zeros_like(xp)
dw = np.zeros_like(w)
for f in range(F):
    for i in range(H):
        for j in range(H):
            dxp[:, 2 * i:2 * i + K, 2 * j:2 * j + K] += w[f] * out[f, i, j]
            dw[f] += xp[:, 2 * i:2 * i + K, 2 * j:2 * j + K] * out[f, i, j]
dx = dxp[:, pad:-pad, pad:-pad]
db = out.sum(axis=(1, 2))
""",
    ),
    "lists, comprehensions, functions": (
        {"x": "n, d", "W1": "d, d", "W2": "d, k"},
        """
def act(z, slope=0.1):
    '''a leaky rectifier'''
    return np.where(z > 0, z, slope * z)

weights = [W1, W2]
hs = [x]
for i, W in enumerate(weights):
    z = hs[-1] @ W
    hs.append(act(z) if i < len(weights) - 1 else z)
L = sum(np.sum(h ** 2) for h in hs) / 2
grads = [None] * 2
d = hs.pop()
for i in reversed(range(2)):
    grads[i] = hs[i].T @ d
    d = d @ weights[i].T * np.where(hs[i] > 0, 1, 0.1)
g0, g1 = grads
cache = {"x": x, "out": act(x, slope=0)}
y = cache["out"] + cache.get("bias", 0)
f = lambda a, *rest: a * 2 + sum(rest)
u = f(x, 1, 2)
stacked = np.stack([r * 2 for r in [x, x]], axis=1)
*_, tail = [x, x * 3]
""",
    ),
    "shapes and axes": (
        {"x": "n, 2, 3"},
        """
n = len(x)
a = x.reshape(n, -1)
b = a.reshape((n, 3, 2)).transpose(0, 2, 1)
c = np.transpose(x, (1, 0, 2)).mean(axis=(0, 2), keepdims=True)
e = x.swapaxes(1, 2)[..., None, 0]
f = np.concatenate([x, x * 2], axis=-1)[:, :, -2:]
g, h = np.split(x.reshape(n, 6), 2, axis=1)
i = x.max(axis=-1, keepdims=True)
j = np.repeat(x, 2, axis=1) + np.tile(x, (1, 2, 1))
k = np.einsum('nij,nik->jk', x, x)
m = np.pad(x, ((0, 0), (1, 1), (0, 0)))[:, 0:-1]
o = np.expand_dims(x.sum(0), 0)
p = np.squeeze(o, axis=0).ravel()
q = x.std(axis=0) + x.var(0) + np.linalg.norm(x)
""",
    ),
    "numbers known beforehand": (
        {"x": "n, 8"},
        """
d = x.shape[1]
half = d // 2
k = int(d * 0.25)
left, right = x[:, :half], x[:, half:]
r = left * 1e-3 + right * 2.5 / k
scale = 1 / np.sqrt(d)
z = x * scale ** 2 + (d % 3) * x if 0 < k <= 2 else x
count = 0
while count < 3:
    count += 1
    z = z + count
for i in range(10):
    if i == 1:
        continue
    if i > 3:
        break
    z = z - i
assert z.shape == x.shape, f"{z.shape}"
i0 = x[:, -1] - x[:, 0]
""",
    ),
    "in-place functions": (
        {"x": "n, d"},
        """
def scale(a, by):
    a *= by
    return a

b = x.copy()
c = scale(b, 3)
buf = np.empty_like(x)
np.maximum(b, c, out=buf)
buf2 = np.zeros(x.shape)
buf2[...] = buf
buf2[:] += 1
e = np.asarray(b)
e[0, 0] = 1
b.fill(2)
s = np.add(x, 1).astype(np.float64).T.dot(x)
""",
    ),
}
