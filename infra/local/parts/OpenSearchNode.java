import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.opensearch.analysis.common.CommonAnalysisPlugin;
import org.opensearch.common.settings.Settings;
import org.opensearch.http.HttpServerTransport;
import org.opensearch.node.InternalSettingsPreparer;
import org.opensearch.node.Node;
import org.opensearch.transport.Netty4Plugin;

/**
 * One OpenSearch node on 127.0.0.1, with its data in a home folder.
 *
 * Arguments: the home folder, the port (0: any free port), then settings as key=value. Prints "ready PORT" on standard output when it
 * accepts requests. Ends when its standard input ends, which means that its parent has ended.
 */
public final class OpenSearchNode extends Node {
  private OpenSearchNode(Settings settings) {
    super(
        InternalSettingsPreparer.prepareEnvironment(settings, Map.of(), null, () -> "local"),
        List.of(Netty4Plugin.class, CommonAnalysisPlugin.class),
        false);
  }

  public static void main(String[] args) throws Exception {
    Thread parent = new Thread(OpenSearchNode::endWithParent, "parent");
    parent.setDaemon(true);
    parent.start();
    Settings.Builder settings =
        Settings.builder()
            .put("path.home", args[0])
            .put("http.port", args[1])
            .put("transport.port", "0")
            .put("network.host", "127.0.0.1")
            .put("discovery.type", "single-node")
            .put("http.type", "netty4")
            .put("transport.type", "netty4");
    for (int index = 2; index < args.length; index += 1) {
      String[] setting = args[index].split("=", 2);
      settings.put(setting[0], setting[1]);
    }
    OpenSearchNode node = new OpenSearchNode(settings.build());
    node.start();
    int port = node.injector().getInstance(HttpServerTransport.class).boundAddress().publishAddress().getPort();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> close(node)));
    System.out.println("ready " + port);
    // The servers' own threads must not keep the process running.
    parent.join();
  }

  private static void endWithParent() {
    try {
      while (System.in.read() != -1) {
      }
    } catch (IOException closed) {
      // The same as the end of the input.
    }
    System.exit(0);
  }

  private static void close(Node node) {
    try {
      node.close();
    } catch (IOException failed) {
      failed.printStackTrace();
    }
  }
}
