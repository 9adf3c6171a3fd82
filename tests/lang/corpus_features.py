"""Short texts, one for each thing that the NumPy language can do; see `test_numpy_source`.

All have the same inputs: x with shape (2, 4, 3), v with shape (4,), y with three classes below 4.
"""

from __future__ import annotations

SHAPES = {"x": "2, 4, 3", "v": "4", "y": "3"}
FEATURES = {
    "dtype positional": """
a = np.zeros((3, 4), np.float32)
b = np.ones(3, float)
c=np.full((2,2), 0.5, dtype=np.float64)
L = np.sum(a)
""",
    "unravel": """
w = x[0]
m = np.unravel_index(np.argmax(w), w.shape)
d = np.zeros_like(w)
d[m] = 3
e=np.zeros_like(x)
e[0, m[0], m[1]] += 2
f=np.zeros(x.shape)
i,j=np.unravel_index(w.argmax(), w.shape)
f[1,i,j]=w[i,j]
L = np.sum(d)
""",
    "as_strided": """
s=x.strides
wv=np.lib.stride_tricks.as_strided(x, shape=(2,3,2,3), strides=(s[0],s[1],s[1],s[2]))
L = np.sum(wv)
""",
    "eye": """
T=np.eye(4)[y]
T2=np.zeros((3,4))
T2[np.arange(3),y]=1
T3=np.identity(4)[y,:]
L = np.sum(T)
""",
    "joined by index": """
a=np.c_[v, v*2]
b=np.r_[v, v]
L = np.sum(a)
""",
    "clip named": """
a=x.clip(min=0)
b=np.clip(x, 0, None)
c=x.clip(0.1, max=0.5)
L = np.sum(a)
""",
    "nan_to_num": """
a=np.nan_to_num(x)
L = np.sum(a)
""",
    "argmax mask": """
p=x[0]
m=(p==p.max(axis=1,keepdims=True))
q=np.zeros_like(p)
q[np.arange(4), p.argmax(1)] = 1
L = np.sum(q)
""",
    "arithmetic on indices": """
k=x[0].shape[1]
flat=x[0].reshape(-1)
z=flat[np.arange(4)*k + 1]
b=np.arange(12)//3
c=x[0][b%4]
L = np.sum(z)
""",
    "static fns": """
a=x*np.prod(x.shape[1:])
b=x*max(2, x.shape[1])
c=x*abs(-3)
d=x[:min(2, 5)]
e=x*np.power(2, 3)
f=x*2**-1
g=x*round(2.6)
h=x*int(np.ceil(5/2))
L = np.sum(a)
""",
    "tile etc": """
a=np.tile(v, (2,1))
b=np.vstack((v,v))
c=np.column_stack((v,v))
d=np.outer(v,v)
e=np.diag(v)
f=np.diagflat(v)
g=v.repeat(2)
h=np.hstack([v,v]).reshape(2,-1)
i=np.append(v, v)
j=np.atleast_2d(v)
L = np.sum(a)
""",
    "reductions": """
a=np.add.reduce(x, axis=0)
b=x.sum((0,1))
c=np.average(x, axis=0)
d=x.min(-1)
e=x.prod(axis=0)
f=np.cumsum(x, axis=1)
g=np.mean(x)
L = np.sum(b)
""",
    "ternary none": """
h=None
c=v if h is None else h
d=0 if h is not None and h>2 else 1
e=v*d
L = np.sum(c)
""",
    "dict loop": """
P={"a":v,"b":v*2}
G={k: np.zeros_like(p) for k,p in P.items()}
for k in P:
    G[k]+=P[k]
    G[k]*=2
g=G["a"]
h=G["b"]
for name, p in sorted(P.items(), key=lambda kv: kv[0]):
    p -= 0.1*G[name]
q=P["a"]
L = np.sum(g)
""",
    "list of arrays arithmetic": """
ws=[v, v*2]
ws=[w+g for w,g in zip(ws, ws)]
a=ws[0]
b=np.array(ws)
c=np.sum(ws, axis=0)
d=sum(ws)
L = np.sum(a)
""",
    "swap": """
a,b=v,v*2
a,b=b,a
L = np.sum(a)
""",
    "bool float": """
m=(x>0).astype(np.float64)
a=m*x
b=1.0*(x>0)*2
c=(x>0)+0.0
d=x*(1-m)
L = np.sum(a)
""",
    "mask rows": """
k=v>0
a=x[0].copy()
a[k]=0
b=x[0].copy()
b[k, :]=1
c=x[0].copy()
c[:, :][c<0]=0
L = np.sum(a)
""",
    "inplace ops": """
a=x.copy()
a**=2
a/=3
a[0]/=2
a[:,1:]-=1
a[a>1]=1
a[0,0]*=0
b=a[...,0]
b+=5
L = np.sum(a)
""",
    "matmul in place": """
w=x[0]
w=w@w.T
w@=w
L = np.sum(w)
""",
    "chained": """
a=b=np.zeros_like(v)
a+=v
c=b*1
L = np.sum(b)
""",
    "step neg": """
a=v[::-1]
b=v[-1:0:-1]
c=np.zeros_like(v)
c[::-1]=v
d=np.zeros_like(v)
d[:-1]=v[1:]
e=np.zeros_like(v)
e[1:]-=v[:-1]
L = np.sum(a)
""",
    "einsum implicit": """
a=np.einsum("ij,kj",x[0],x[0])
b=np.einsum("...ij->...i",x)
c=np.tensordot(x,v,axes=([1],[0]))
d=np.tensordot(x, x, axes=([0,1],[0,1]))
L = np.sum(a)
""",
    "ones_like int": """
idx=np.arange(4)
idx=idx[::-1]
a=x[0][idx]
b=x[0][idx, :2]
c=x[0][idx][:, [0,2]]
d=np.zeros((4,3))
d[idx]=x[0]
L = np.sum(a)
""",
    "int zeros buffer": """
arg=np.zeros((4,), dtype=int)
for i in range(4):
    arg[i]=np.argmax(x[0][i])
d=np.zeros((4,3))
for i in range(4):
    d[i, arg[i]] = v[i]
L = np.sum(d)
""",
    "rot90": """
a=np.rot90(x[0],2)
b=np.flip(x[0],0)
c=np.flip(x, axis=(1,2))
d=np.fliplr(x[0])
L = np.sum(a)
""",
    "logical": """
m=np.logical_and(x>0, x<1)
a=x*m
b=np.where(~m, x, 0)
c=x*((x>0)&(x<1))
d=(x>0)*(x<1)*x
e=x*np.not_equal(x,0)
f=np.where((x>0)|(x<-1),1,0)*x
L = np.sum(a)
""",
    "swap axes views": """
a=x.copy()
b=a.swapaxes(0,1)
b[0]=0
c=a.transpose(2,0,1)
c[0]+=1
d=np.moveaxis(a,0,-1)
e=a.reshape(2,-1)
e[:,0]=7
L = np.sum(a)
""",
    "math": """
import math
a=v*math.sqrt(4)/math.pi
b=v*math.exp(1)
c=v*math.log(2)
L = np.sum(a)
""",
    "lambdas": """
f=lambda z, k=2: z**k
a=f(v)
b=f(v, k=3)
g=[lambda z: z*2, lambda z: z+1]
c=g[1](g[0](v))
L = np.sum(a)
""",
    "while": """
i=0
acc=np.zeros_like(v)
while i<3:
    acc=acc+v*i
    i+=1
L = np.sum(acc)
""",
    "split": """
a,b=np.split(v,2)
c,d=np.array_split(v,2)
e,f=np.hsplit(x[0][:, :2],2)
g=np.split(v,[1,3])
h=g[1]
L = np.sum(a)
""",
    "expand": """
a=v[:,np.newaxis]
b=v[None]
c=np.expand_dims(v,(0,2))
d=v.reshape(-1,1)
e=v.reshape(1,-1,1)
f=v[...,None]*v
L = np.sum(a)
""",
    "scalar item": """
s=v.sum().item()
t=float(v[0])
u=v*s+t
w=v*np.float64(3)
L = np.sum(u)
""",
    "Python's max and min": """
a=max(v[0], 0)
b=max(0, v[1])*v
c=min(v[0],v[1])*v
L = np.sum(b)
""",
    "negative indices": """
a=x[0][[-1,0]]
b=x[0][np.array([0,-1])]
L = np.sum(a)
""",
    "put in nested list": """
h=[[None]*2 for _ in range(2)]
for i in range(2):
    for j in range(2):
        h[i][j]=v*(i+j)
a=np.array(h)
L = np.sum(a)
""",
    "linalg": """
A=x[0][:3]@x[0][:3].T+4*np.eye(3)
a=np.linalg.inv(A)
b=np.linalg.solve(A,v[:3])
c=np.linalg.det(A)
d=np.trace(A)
L = np.sum(a)
""",
    "sizes": """
a=x*x.size
b=x*len(x)
c=x/x.shape[0]
n,k,_=np.shape(x)
d=x/(n*k)
e=x*(k if k>2 else 1)
L = np.sum(a)
""",
    "both branches": """
s = v.sum()
t = v[0]
if s > 0:
    a = v * 2
    k = 1
elif s > -1:
    a = v * 3
    k = 2
else:
    a = v * 4
    k = 3
b = v * k
c = v * 2 if t > 0 else v
def f(z, w):
    if z > 0 and True:
        w = w + 1
        return w * z
    w = w * 5
    return w - z
d = f(v[0], v)
e = f(v[1], v)
g = f(v[2], v)
L = np.sum(a)
""",
    "entry by entry": """
def step(z):
    if z > 0.5:
        return z
    elif z > 0:
        return z * 2
    return 0.1 * z
f = np.vectorize(step)
a = f(x)
b = np.vectorize(lambda z: 1.0 if z > 0 else 0.0)(x)
L = np.sum(a)
""",
    "masks are no numbers": """
m = (x > 0) + (x > 0.5)
a = x * m
b = ((x > 0) * (x < 1)).sum(axis=0) * 1.0
c = sum([x > 0, x > 0.5]) * x
d = (x * 3).astype(int) * x
e = x.astype(bool) * x
f = (x > 0).astype('float32') * x
g = (x > 0).mean() * x
L = np.sum(a)
""",
    "logsumexp": """
m=x.max(axis=2, keepdims=True)
lse=np.log(np.exp(x-m).sum(axis=2, keepdims=True))+m
p=np.exp(x-lse)
L=-np.mean(np.log(p[0, np.arange(3), np.arange(3)]))
""",
    "blocks": """
A=x[0]
B=np.block([[A, A],[A, A]])
L=np.sum(B)
""",
    "cum": """
a=np.cumprod(x, axis=1)
b=np.diff(v)
c=np.cumsum(v[::-1])[::-1]
L=np.sum(a)
""",
    "outer": """
a=v[:,None]*v
c=np.kron(x[0],x[1])
L=np.sum(a)
""",
    "two index": """
a=x[:, [0,1], [1,2]]
b=x[[0,1],:, [0,1]]
c=np.zeros_like(x)
c[:, [0,1],[1,2]] = 5
d=np.zeros_like(x)
d[[0,1], :, [0,1]] += x[[0,1],:,[0,1]]
e=x[1, [0,2]]
L=np.sum(a)
""",
    "ix": """
a=x[0][np.ix_([0,2],[1,2])]
L=np.sum(a)
""",
    "slice obj": """
s=slice(1,3)
a=x[:, s]
b=x[:, slice(None), 0]
idx=(slice(None), 0)
c=x[idx]
L=np.sum(a)
""",
    "nested def": """
def outer_(k):
    def inner(z):
        return z*k
    return inner
a=outer_(3)(v)
fs=[outer_(i) for i in range(3)]
b=sum(f(v) for f in fs)
L=np.sum(a)
""",
    "default mutable": """
def f(z, acc=[]):
    acc.append(z)
    return len(acc)
f(v); f(v)
a=v*f(v)
L=np.sum(a)
""",
    "string keys": """
P={}
for l in range(1,3):
    P["W"+str(l)]=v*l
    P[f"b{l}"]=v+l
a=P["W2"]+P["b1"]
b=sum(P[k] for k in sorted(P) if k.startswith("W"))
L=np.sum(a)
""",
    "while pop": """
st=[v, v*2, v*3]
a=np.zeros_like(v)
while st:
    a+=st.pop()
while len(st)<2: st.append(v)
L=np.sum(a)
""",
    "for else": """
for i in range(3):
    if i==5: break
else:
    a=v*7
L=np.sum(a)
""",
    "try": """
try:
    a=v*2
except ValueError:
    a=v
finally:
    b=v*3
L=np.sum(a)
""",
    "float neg pow": """
a=v**2.0
b=(v**2+1)**-0.5
c=(v*v)**(1/2)
d=10**-2*v
e=2.5e-1*v
f=-v**2
L=np.sum(a)
""",
    "compare chain": """
a=v*(0<v)*(v<1)
b=v*((0<v)&(v<1))
L=np.sum(a)
""",
    "augmented tuple": """
i,j=0,1
i,j=j,i+j
a=v*i+v[j]
L=np.sum(a)
""",
    "list slices": """
l=[v*i for i in range(5)]
a=l[-1]+l[1:3][0]
l[1:3]=[v]
b=l[2]
m=l[::-1]
c=m[0]
d=(l+[v])[-1]
L=np.sum(a)
""",
    "dictcomp": """
d={k:v*i for i,k in enumerate("abc")}
a=d["c"]
{**d}
e={**d,"z":v}["z"]
L=np.sum(a)
""",
    "star": """
def f(*a, **k): return a[0]*k.get("s",1)+len(a)
z=f(*[v,v], **{"s":3})
first,*rest=[v,v*2,v*3]
a=rest[1]
L=np.sum(z)
""",
    "mean of list": """
a=np.mean([v,v*2],axis=0)
b=np.max([v,v*2],axis=0)
c=np.concatenate((v[None],v[None]*2))
d=np.array([v.sum(), 2.0])
e=np.array([[1.,2],[3,4]])@x[0][:2,:2]
L=np.sum(a)
""",
    "inplace fn": """
a=np.zeros_like(v)
np.add(a, v, out=a)
b=np.exp(v, out=np.empty_like(v))
L=np.sum(a)
""",
    "swap rows": """
a=x[0].copy()
a[[0,1]]=a[[1,0]]
b=x[0].copy()
b[0],b[1]=b[1].copy(),b[0].copy()
L=np.sum(a)
""",
    "view swap": """
b=x[0].copy()
b[0],b[1]=b[1],b[0]
L=np.sum(b)
""",
    "accumulate": """
a=np.zeros(4)
for i in range(4):
    for j in range(i+1):
        a[i]+=v[j]*0.5
L=np.sum(a)
""",
    "matrix fill": """
K=np.zeros((4,4))
for i in range(4):
    for j in range(4):
        K[i,j]=(v[i]-v[j])**2
L=np.sum(K)
""",
    "argmax gather": """
k=x.argmax(axis=2)
a=np.take_along_axis(x, k[..., None], axis=2)
b=x[np.arange(2)[:,None], np.arange(4), k]
c=np.max(x,2)
L=np.sum(a)
""",
    "pad modes": """
a=np.pad(v,1)
b=np.pad(v,(1,2))
c=np.pad(x[0],((1,1),(0,0)),"constant",constant_values=3)
L=np.sum(a)
""",
    "stride write": """
d=np.zeros((2,8,6))
d[:, ::2, ::2]=x
u=x.repeat(2,axis=1).repeat(2,axis=2)
w=u.reshape(2,4,2,3,2).sum(axis=(2,4))
L=np.sum(d)
""",
    "bool idx static": """
keep=[True, False]
a=v*keep[0]
b=x if keep[1] else v
L=np.sum(a)
""",
    "norms": """
a=np.sum(x[..., :2], axis=(0, -1))
b=x.mean((1,2), keepdims=True)-x
c=np.linalg.norm(x, axis=-1, keepdims=True)
d=x/c
e=np.sqrt((x**2).sum(-1))[..., None]
L=np.sum(a)
""",
}
