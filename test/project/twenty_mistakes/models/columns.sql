select n,
       att
from ok
