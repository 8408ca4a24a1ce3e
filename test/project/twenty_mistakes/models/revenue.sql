/*---
key: [n]
owenr: me
---*/
select n, cuont(*) as c
from ok
group by n
