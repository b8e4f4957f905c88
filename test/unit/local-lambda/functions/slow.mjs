// Loads in no less than 50 ms.
const until = performance.now() + 50;
while (performance.now() < until);

export const handler = async () => 'loaded';
