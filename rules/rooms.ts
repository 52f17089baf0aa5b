/** Who may import whom (`rooms.cjs`), checked by dependency-cruiser, which must have seen the code. */
import { execFileSync } from 'node:child_process'
import { globSync } from 'node:fs'

interface CruiseResult {
  readonly summary: {
    readonly totalCruised: number
    readonly violations: readonly {
      readonly from: string
      readonly to: string
      readonly rule: { readonly name: string }
    }[]
  }
}

const output = execFileSync(
  'depcruise',
  ['--config', 'rules/rooms.cjs', '--output-type', 'json', 'src'],
  { maxBuffer: 1 << 28, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] },
)
const { summary } = JSON.parse(output) as CruiseResult
for (const { from, to, rule } of summary.violations) {
  console.error(`${from} may not import ${to} (${rule.name}); see rules/rooms.cjs`)
}
// With a TypeScript it cannot use the tool cruises nothing and reports success.
const sources = globSync('src/**/*.ts').length
const blind = summary.totalCruised < sources
if (blind) console.error(`cruised ${summary.totalCruised} modules of ${sources} sources`)
process.exitCode = summary.violations.length > 0 || blind ? 1 : 0
