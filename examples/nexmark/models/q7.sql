/*---
description: The highest bids of each ten seconds.
---*/
select b.auction, b.price, b.bidder, b.date_time, b.extra
from (select window_start, window_end, auction, price, bidder, date_time, extra
      from tumble(bid, date_time, interval '10 seconds')) b
join (select window_start, window_end, max(price) as price
      from tumble(bid, date_time, interval '10 seconds')
      group by window_start, window_end) m
  on m.window_start = b.window_start and m.price = b.price
