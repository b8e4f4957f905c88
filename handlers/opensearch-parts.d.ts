// The package declares these modules as if each had an ES module's default export. It is CommonJS: the module itself is the class.
declare module '@opensearch-project/opensearch/lib/Connection.js' {
  import { Connection } from '@opensearch-project/opensearch';
  export default Connection;
}
declare module '@opensearch-project/opensearch/lib/Serializer.js' {
  import { Serializer } from '@opensearch-project/opensearch';
  export default Serializer;
}
declare module '@opensearch-project/opensearch/lib/Transport.js' {
  import { Transport } from '@opensearch-project/opensearch';
  export default Transport;
}
