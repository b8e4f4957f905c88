import com.almworks.sqlite4java.SQLiteConnection;
import com.almworks.sqlite4java.SQLiteException;
import com.almworks.sqlite4java.SQLiteJob;
import com.almworks.sqlite4java.SQLiteQueue;
import java.io.File;
import java.io.IOException;
import java.lang.reflect.Field;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import software.amazon.dynamodb.services.local.server.DynamoDBProxyServer;
import software.amazon.dynamodb.services.local.server.LocalDynamoDBRequestHandler;
import software.amazon.dynamodb.services.local.server.LocalDynamoDBServerHandler;
import software.amazon.dynamodb.services.local.shared.access.AmazonDynamoDBLocal;
import software.amazon.dynamodb.services.local.shared.access.LocalDBClient;
import software.amazon.dynamodb.services.local.shared.access.sqlite.SQLiteDBAccess;
import software.amazon.dynamodb.services.local.shared.jobs.JobsRegister;

/**
 * DynamoDB Local on 127.0.0.1. Its own main class listens on every interface, outlives the process that started it, and responds to a
 * transaction before it is committed.
 *
 * Arguments: the port (0: any free port) and, to keep the data, a folder. Prints "ready PORT" on standard output when it accepts
 * requests. Ends when its standard input ends, which means that its parent has ended.
 */
public final class DynamoDbNode {
  /** DynamoDB Local's name of the database that all regions and credentials share. */
  private static final String SHARED_DB = "shared-local-instance";
  private static final int JOB_THREADS = 10;

  public static void main(String[] args) throws Exception {
    Thread parent = new Thread(DynamoDbNode::endWithParent, "parent");
    parent.setDaemon(true);
    parent.start();
    String folder = args.length > 1 ? args[1] : null;
    LocalDynamoDBRequestHandler requests = new LocalDynamoDBRequestHandler(0, folder == null, folder, true, false);
    if (folder != null) useDatabase(requests, new CommittedDatabase(new File(folder, SHARED_DB + ".db")));

    DynamoDBProxyServer proxy = new DynamoDBProxyServer(0, new LocalDynamoDBServerHandler(requests, null));
    ServerConnector connector = (ServerConnector) field(proxy, "server", Server.class).getConnectors()[0];
    connector.setHost("127.0.0.1");
    connector.setPort(Integer.parseInt(args[0]));
    proxy.start();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(proxy)));
    System.out.println("ready " + connector.getLocalPort());
    // The servers' own threads must not keep the process running.
    parent.join();
  }

  /** Also runs during the start: DynamoDB Local tries for ever to open a database that cannot be opened. */
  private static void endWithParent() {
    try {
      while (System.in.read() != -1) {
      }
    } catch (IOException closed) {
      // The same as the end of the input.
    }
    System.exit(0);
  }

  private static void stop(DynamoDBProxyServer proxy) {
    try {
      proxy.stop();
    } catch (Exception failed) {
      failed.printStackTrace();
    }
  }

  private static void useDatabase(LocalDynamoDBRequestHandler requests, SQLiteDBAccess database)
      throws ReflectiveOperationException {
    JobsRegister jobs = new JobsRegister(Executors.newFixedThreadPool(JOB_THREADS), false);
    @SuppressWarnings("unchecked")
    Map<String, AmazonDynamoDBLocal> databases = field(requests, "dbRequestHandlers", Map.class);
    databases.put(SHARED_DB, new LocalDBClient(database, jobs));
  }

  private static <T> T field(Object owner, String name, Class<T> type) throws ReflectiveOperationException {
    Field field = owner.getClass().getDeclaredField(name);
    field.setAccessible(true);
    return type.cast(field.get(owner));
  }

  /** A database that responds to a transaction after it is on disk, or with an error. */
  private static final class CommittedDatabase extends SQLiteDBAccess {
    private final WaitingQueue jobs;

    CommittedDatabase(File file) throws InterruptedException, SQLiteException {
      super(openable(file));
      queue.stop(true).join();
      jobs = new WaitingQueue(file);
      queue = jobs.start();
    }

    /** The original class waits for ever for a file that is not a database, or that it may not write. */
    private static File openable(File file) throws SQLiteException {
      SQLiteConnection connection = new SQLiteConnection(file);
      try {
        connection.open().exec("BEGIN IMMEDIATE").exec("ROLLBACK");
      } finally {
        connection.dispose();
      }
      return file;
    }

    /** The original method queues the commit and returns. A transaction is then lost if the process is killed or the commit fails. */
    @Override
    public void commitTransaction(String transactionId, byte[] signature) {
      super.commitTransaction(transactionId, signature);
      Throwable error = jobs.lastError();
      if (error != null) throw new IllegalStateException("The transaction was not committed", error);
    }
  }

  /** SQLite's queue of jobs, whose `execute` waits until the job is complete. */
  private static final class WaitingQueue extends SQLiteQueue {
    private final ThreadLocal<Throwable> lastError = new ThreadLocal<>();

    WaitingQueue(File file) {
      super(file);
    }

    /** The error of the last job of this thread, or null. */
    Throwable lastError() {
      return lastError.get();
    }

    @Override
    public WaitingQueue start() {
      super.start();
      return this;
    }

    @Override
    public <T, J extends SQLiteJob<T>> J execute(J job) {
      super.execute(job);
      try {
        job.get(Long.MAX_VALUE, TimeUnit.MILLISECONDS);
      } catch (ExecutionException failed) {
        // The job's own get() throws it again. Every caller except that of a commit uses get().
      } catch (InterruptedException | TimeoutException interrupted) {
        Thread.currentThread().interrupt();
      }
      lastError.set(job.getError());
      return job;
    }
  }
}
