import java.lang.reflect.Field;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import software.amazon.dynamodb.services.local.main.ServerRunner;
import software.amazon.dynamodb.services.local.server.DynamoDBProxyServer;

/**
 * DynamoDB Local on 127.0.0.1. Its own main class listens on every interface, and outlives the process that started it.
 *
 * Arguments: the port (0: any free one), then DynamoDB Local's own. Prints "ready PORT" on standard output when it takes
 * requests, and ends when its standard input does: that is how it learns that its parent has died.
 */
public final class DynamoDbNode {
  public static void main(String[] args) throws Exception {
    int port = Integer.parseInt(args[0]);
    String[] options = new String[args.length - 1];
    System.arraycopy(args, 1, options, 0, options.length);

    DynamoDBProxyServer proxy = ServerRunner.createServerFromCommandLineArgs(options);
    ServerConnector connector = connectorOf(proxy);
    connector.setHost("127.0.0.1");
    connector.setPort(port);
    proxy.start();
    System.out.println("ready " + connector.getLocalPort());
    while (System.in.read() != -1) {
    }
    proxy.stop();
    System.exit(0);
  }

  private static ServerConnector connectorOf(DynamoDBProxyServer proxy) throws ReflectiveOperationException {
    Field server = DynamoDBProxyServer.class.getDeclaredField("server");
    server.setAccessible(true);
    return (ServerConnector) ((Server) server.get(proxy)).getConnectors()[0];
  }
}
