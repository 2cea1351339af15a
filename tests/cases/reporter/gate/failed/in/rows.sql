UPDATE meta SET value = '武进区收文3件，快照2件' WHERE name = 'gate';
