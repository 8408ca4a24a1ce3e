/*---
description: The most wanted auctions of each window.
---*/
select c.auction, c.bids, c.window_end
from q5_counts c
join (select window_end, max(bids) as bids from q5_counts group by window_end) m
  on m.window_end = c.window_end and c.bids >= m.bids
