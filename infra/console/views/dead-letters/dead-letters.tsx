import { useState } from 'preact/hooks';
import { DeadLetterCauses, DeadLetterPage } from '../../../../contracts/api/dead-letters.ts';
import { pathOf } from '../../data/api.ts';
import { deadLetterAddress } from '../../data/route.ts';
import { useStatus } from '../../data/status.ts';
import { useLast, useResponse } from '../../data/use-response.ts';
import { Card, Copy, Head } from '../../parts/basic.tsx';
import { counted } from '../../parts/format.ts';
import { Pager, usePages } from '../../parts/pager.tsx';
import { ResponseState } from '../../parts/response-state.tsx';
import { CauseTable } from './causes.tsx';
import { EndedTable } from './ended.tsx';
import { Chips, ENDED, FilterBar, filterAddress, filterOf, StateTabs } from './filter.tsx';
import { DeadLetterTable, Unmatched } from './list.tsx';
import { Panel } from './panel.tsx';

const EVERY_MS = 10_000;
const LIMIT = 50;

/** The dead letters by cause and one by one, with a panel for the one that is open. The address has the filter. */
export function DeadLetters({
  query,
  opened,
}: {
  readonly query: URLSearchParams;
  readonly opened: string | undefined;
}) {
  const filter = filterOf(query);
  const status = useStatus();
  const pages = usePages(JSON.stringify(filter));
  const isEnded = filter.state === ENDED;
  const causes = useResponse(
    isEnded ? undefined : pathOf('/ops/dead-letters/causes', filter),
    DeadLetterCauses,
    EVERY_MS,
  );
  const list = useResponse(
    pathOf('/ops/dead-letters', { ...filter, limit: LIMIT, nextToken: pages.token }),
    DeadLetterPage,
    EVERY_MS,
  );
  const shownCauses = useLast(causes);
  const shownPage = useLast(list);
  const [reloads, setReloads] = useState(0);
  const reload = () => {
    setReloads((before) => before + 1);
    causes.reload();
    list.reload();
    status.reload();
  };
  return (
    <>
      <Head
        title="Dead letters"
        tools={
          <>
            <button type="button" class="small" onClick={reload} disabled={list.isLoading}>
              Refresh
            </button>
            <Copy text={location.href}>Copy link</Copy>
          </>
        }
      />
      <div class={opened === undefined ? '' : 'with-panel'}>
        <div class="panel-rest">
          <StateTabs filter={filter} />
          <FilterBar filter={filter} causes={shownCauses} />
          <Chips filter={filter} />
          {!isEnded && <ResponseState response={causes} what="The causes" />}
          {!isEnded && shownCauses !== undefined && shownCauses.causes.length > 0 && (
            <Card id="by-cause" title="By cause" kind="by-cause">
              <CauseTable
                causes={shownCauses.causes}
                caption={captionOf(shownCauses)}
                filter={filter}
                reload={reload}
              />
            </Card>
          )}
          <Card id="list" title="One by one, the latest first">
            <ResponseState response={list} what="The dead letters" />
            {shownPage !== undefined &&
              (shownPage.deadLetters.length === 0 ? (
                // That the list before was empty says nothing of this one.
                list.value !== undefined && (
                  <Unmatched filter={filter} page={list.value} isFirst={pages.token === undefined} />
                )
              ) : isEnded ? (
                <EndedTable
                  deadLetters={shownPage.deadLetters}
                  filter={filter}
                  isLoading={list.isLoading}
                  opened={opened}
                />
              ) : (
                <DeadLetterTable
                  page={shownPage}
                  filter={filter}
                  total={shownCauses?.total}
                  isCutShort={shownCauses?.isCutShort ?? false}
                  isLoading={list.isLoading}
                  opened={opened}
                  reload={reload}
                />
              ))}
            <Pager pages={pages} nextToken={shownPage?.nextToken} isLoading={list.isLoading} />
          </Card>
        </div>
        {opened !== undefined && (
          <Panel
            key={opened}
            id={opened}
            back={filterAddress(filter)}
            addressOfOther={(id) => deadLetterAddress(id, filter)}
            reloads={reloads}
            changed={reload}
          />
        )}
      </div>
    </>
  );
}

const captionOf = ({ total, causes, isCutShort }: DeadLetterCauses): string =>
  `${isCutShort ? 'At least ' : ''}${counted(total, 'dead letter')} of ${counted(causes.length, 'cause')}`;
