import { KnarrError } from '#lib'
import { nodeLossDrill } from '../node-loss/node-loss.ts'
import type { Drill } from '../run/drill.ts'

/** Every drill, in the order in which a report has them. */
export const drillCatalogue: readonly Drill[] = [nodeLossDrill]

/** Finds a drill by its name. @throws KnarrError `UnknownDrill` */
export function drillNamed(name: string): Drill {
  const found = drillCatalogue.find((each) => each.name === name)
  if (found) return found
  throw new KnarrError('UnknownDrill', `there is no drill ${name}`, {
    hint: `There are ${drillCatalogue.map((each) => each.name).join(', ')}; without a name all of them are run.`,
  })
}
