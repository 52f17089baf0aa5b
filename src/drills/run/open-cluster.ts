import { generateKeyPairSync } from 'node:crypto'
import {
  createSimCluster,
  defaultSimOptions,
  type SimCluster,
  type SimNodeSpec,
  untilReady,
} from '#cluster/simulation'
import { silentLogger, systemClock } from '#lib'

/** Signs tokens of all clusters of this process, which shows nowhere in a run; made when the first one needs it. */
let sharedKey: string | undefined

function tokenKey(): string {
  sharedKey ??= generateKeyPairSync('ec', { namedCurve: 'P-256' })
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString()
  return sharedKey
}

/** So long a log that nothing of a run is dropped from it. */
const historyLimit = 2_000_000

/** Starts a simulated cluster for one run, and waits until its nodes are Ready. */
export async function openCluster(
  nodes: readonly SimNodeSpec[],
  seed: number,
  behaviours: string,
): Promise<SimCluster> {
  const cluster = await createSimCluster(
    {
      ...defaultSimOptions,
      nodes,
      seed,
      behaviours,
      runtimeConfig: ['extensions/v1beta1=true'],
    },
    {
      wall: systemClock,
      log: silentLogger,
      tokenKey: tokenKey(),
      historyLimit,
      // Whoever moves time hears of it.
      onFailure: () => undefined,
    },
  )
  await untilReady(cluster)
  return cluster
}
