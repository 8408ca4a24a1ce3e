/*---
description: Average of the winning bids of a seller's last ten auctions, at each of them.
---*/
select seller, id, avg(price) over (partition by seller order by date_time, id
                                    rows between 9 preceding and current row) as avg
from (select a.id, a.seller, b.price, b.date_time,
             row_number() over (partition by a.id order by b.price desc, b.date_time, b.bidder) as place
      from auction a
      join bid b on a.id = b.auction and b.date_time between a.date_time and a.expires) as winning
where place = 1
