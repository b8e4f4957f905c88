import { measureStartedRelevance } from '../relevance/measure-relevance.ts';
import type { Report } from './report.ts';

export async function reportRelevance(): Promise<Report> {
  const relevance = await measureStartedRelevance();
  const { mean, queries } = relevance;
  console.log(`Relevance of GET /search/orders: NDCG@10 of ${queries.length} judged queries, 5,009 orders`);
  console.log('  search   plain match   query');
  for (const { q, kind, search, plainMatch } of queries)
    console.log(`  ${search.toFixed(3)}    ${plainMatch.toFixed(3)}         ${kind}: ${q}`);
  console.log(
    `  ${mean.search.toFixed(3)}    ${mean.plainMatch.toFixed(3)}         mean   search / plain match = ${(mean.search / mean.plainMatch).toFixed(2)}\n`,
  );
  return { figures: relevance };
}
