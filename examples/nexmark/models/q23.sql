/*---
description: Bids by people who sell as well.
---*/
select b.auction, b.bidder, b.price, b.channel, b.date_time, p.name, p.city, p.state, a.id as sells,
       a.item_name, a.category
from bid b
join person p on p.id = b.bidder
join auction a on a.seller = b.bidder
