import { type ListenOptions, Server } from 'node:net';
import { startFauxqs } from 'fauxqs';
import { LOCAL_HOST } from './free-port.ts';

/**
 * SNS, SQS and S3 on one port of 127.0.0.1, by fauxqs. Arguments: port (0: any free one), region and, to keep the data, a
 * folder. Prints `ready PORT`, and ends when its standard input does: that is how it learns that its parent has died.
 */
const [port = '0', region = '', dataDir] = process.argv.slice(2);

// fauxqs always listens on every interface; the address is put right where it asks for it.
const listen = Server.prototype.listen;
Server.prototype.listen = function listenLocally(this: Server, ...args: unknown[]): Server {
  const [options, ...rest] = args;
  const local: ListenOptions = { ...(typeof options === 'object' ? options : {}), host: LOCAL_HOST };
  return Reflect.apply(listen, this, [local, ...rest]);
};

const server = await startFauxqs({
  port: Number(port),
  defaultRegion: region,
  logger: false,
  ...(dataDir === undefined ? {} : { dataDir }),
});

process.stdin.resume().once('end', () => {
  void server.stop().finally(() => process.exit(0));
});
console.log(`ready ${server.port}`);
