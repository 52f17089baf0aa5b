import { KnarrError } from '#lib'
import { controlPlaneDownDrill } from '../control-plane-down/control-plane-down.ts'
import { crashDrill } from '../crash/crash.ts'
import { dnsDownDrill } from '../dns-down/dns-down.ts'
import { drainDrill } from '../drain/drain.ts'
import { imageDrill } from '../image/image.ts'
import { nodeLossDrill } from '../node-loss/node-loss.ts'
import { registryDownDrill } from '../registry-down/registry-down.ts'
import type { Drill } from '../run/drill.ts'
import { startDrill } from '../start/start.ts'
import { stopDrill } from '../stop/stop.ts'
import { updateDrill } from '../update/update.ts'
import { zoneLossDrill } from '../zone-loss/zone-loss.ts'

/** Every drill, in the order in which a report has them. */
export const drillCatalogue: readonly Drill[] = [
  startDrill,
  updateDrill,
  stopDrill,
  crashDrill,
  nodeLossDrill,
  drainDrill,
  zoneLossDrill,
  registryDownDrill,
  dnsDownDrill,
  controlPlaneDownDrill,
  imageDrill,
]

/** Finds a drill by its name. @throws KnarrError `UnknownDrill` */
export function drillNamed(name: string): Drill {
  const found = drillCatalogue.find((each) => each.name === name)
  if (found) return found
  throw new KnarrError('UnknownDrill', `there is no drill ${name}`, {
    hint: `There are ${drillCatalogue.map((each) => each.name).join(', ')}; without a name all of them are run.`,
  })
}
