import { functionTable } from '../values/overload.ts'
import { addresses } from './addresses.ts'
import { authorization } from './authorizer.ts'
import { collections } from './collections.ts'
import { conversions } from './conversions.ts'
import { lists } from './lists.ts'
import { namedFormats } from './named-formats.ts'
import { operators } from './operators.ts'
import { quantities } from './quantities.ts'
import { regexes } from './regex.ts'
import { semvers } from './semvers.ts'
import { strings } from './strings.ts'
import { times } from './times.ts'
import { urls } from './urls.ts'

/** All functions that an expression can call. */
export const functions = functionTable([
  ...operators,
  ...conversions,
  ...times,
  ...strings,
  ...lists,
  ...collections,
  ...regexes,
  ...urls,
  ...addresses,
  ...quantities,
  ...semvers,
  ...namedFormats,
  ...authorization,
])
