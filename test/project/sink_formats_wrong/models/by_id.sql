/*---
key: [id]
---*/
select id, count(*) as n from orders group by id
