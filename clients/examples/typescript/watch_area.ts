// Reads a location's rating, then watches the ratings of an area, through the public contract alone.
//
// usage: node dist/watch_area.js ADDRESS LOCATION AREA [CHANGES]
//        node dist/watch_area.js 127.0.0.1:7303 1-102 icb.QHL
// Ends after CHANGES changes; without them, on Ctrl-C. ASSAY_PROTO_DIR names the folder of the
// .proto files, where they are not those of this repository.
import * as path from "node:path";
import * as grpc from "@grpc/grpc-js";
import * as protoLoader from "@grpc/proto-loader";

interface Result {
  result?: "outcome" | "unrated";
  outcome?: { scale: string; level: number; label: string };
  unrated?: { reason: string; text: string };
}
interface GroupRating extends Result {
  group: string;
  points?: { numerator: string; denominator: string };
  percent: number;
}
interface Rating extends Result {
  subject: string;
  display_name: string;
  groups: GroupRating[];
}
interface WatchEvent {
  event: "rating" | "left" | "caught_up";
  rating?: Rating;
  left?: string;
}
interface RatingClient extends grpc.Client {
  getRating(request: object, options: grpc.CallOptions, done: grpc.requestCallback<Rating>): void;
  watchRatings(request: object): grpc.ClientReadableStream<WatchEvent>;
}

function connect(address: string): RatingClient {
  const folder = process.env.ASSAY_PROTO_DIR ?? path.join(__dirname, "../../../../proto");
  const definition = protoLoader.loadSync("assay/scoring/v1/rating_service.proto", {
    includeDirs: [folder],
    keepCase: true,
    longs: String, // counters are 64 bits wide
    enums: String,
    defaults: true,
    oneofs: true,
  });
  const loaded = grpc.loadPackageDefinition(definition) as any;
  // Plain text, as on one machine; elsewhere grpc.credentials.createSsl with the authority's certificate.
  return new loaded.assay.scoring.v1.RatingService(address, grpc.credentials.createInsecure());
}

// The words of a result: an outcome's, or why there is none.
function words(rated: Result): string {
  return rated.outcome ? rated.outcome.label : `unrated (${rated.unrated?.reason})`;
}

function printRating(rating: Rating): void {
  console.log(`${rating.subject} ${rating.display_name}: ${words(rating)}`);
}

// Prints a rating and those of its key questions.
function read(client: RatingClient, location: string): Promise<void> {
  const request = { name: `locations/${location}/rating` };
  return new Promise((resolve, reject) => {
    client.getRating(request, { deadline: Date.now() + 5000 }, (error, rating) => {
      if (error || !rating) return reject(error);
      printRating(rating);
      for (const group of rating.groups) {
        const percent = group.points ? `, ${group.percent} %` : "";
        console.log(`  ${group.group}: ${words(group)}${percent}`);
      }
      resolve();
    });
  });
}

// Prints every change of an area's ratings. The present ratings come first and are only counted.
async function watch(client: RatingClient, area: string, changes: number): Promise<void> {
  // Without a deadline: the stream goes on as long as both sides live.
  const stream = client.watchRatings({ names: [`areas/${area}`], send_initial: true });
  stream.on("error", () => {}); // the loop throws it; what comes after the loop is our own cancel
  let caughtUp = false;
  let present = 0;
  for await (const message of stream as AsyncIterable<WatchEvent>) {
    if (message.event === "caught_up") {
      if (!caughtUp) console.log(`watching areas/${area}: ${present} locations`);
      caughtUp = true;
    } else if (!caughtUp) {
      present += 1;
    } else {
      if (message.rating) printRating(message.rating);
      else console.log(`${message.left} left the area`);
      changes -= 1;
      if (changes === 0) break;
    }
  }
  stream.cancel();
}

async function main(): Promise<void> {
  const [address, location, area, changes] = process.argv.slice(2);
  if (!area) {
    console.error("usage: node dist/watch_area.js ADDRESS LOCATION AREA [CHANGES]");
    process.exitCode = 2;
    return;
  }
  const client = connect(address);
  try {
    await read(client, location);
    await watch(client, area, Number(changes ?? -1));
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 1;
  } finally {
    client.close();
  }
}

main();
