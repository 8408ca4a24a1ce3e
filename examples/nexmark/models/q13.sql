/*---
description: Bids with a value of a side table.
---*/
select b.auction, b.bidder, b.price, b.date_time, b.extra, s.value
from bid b
join side_input s on s.key = b.auction % 1000
