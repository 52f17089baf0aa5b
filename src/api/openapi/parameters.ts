export interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query'
  readonly type: 'boolean' | 'integer' | 'string'
  readonly description: string
}

function query(name: string, type: Parameter['type'], description: string): Parameter {
  return { name, in: 'query', type, description }
}

const dryRun = query('dryRun', 'string', 'With All, every stage runs and nothing is persisted.')
const fieldManager = query(
  'fieldManager',
  'string',
  'The actor that makes the change; at most 128 printable characters. Required for apply.',
)
const fieldValidation = query(
  'fieldValidation',
  'string',
  'What becomes of unknown or duplicate fields: Ignore drops them, Warn also says so in a header, Strict refuses the request.',
)
const resourceVersion = query(
  'resourceVersion',
  'string',
  'A bound on the revisions that may be answered; unset means the most recent.',
)
const resourceVersionMatch = query(
  'resourceVersionMatch',
  'string',
  'How resourceVersion binds a list: Exact or NotOlderThan.',
)
const continueToken = query(
  'continue',
  'string',
  'The token of the previous page of the same list, for the next one.',
)
const fieldSelector = query('fieldSelector', 'string', 'Keeps objects whose fields match.')
const labelSelector = query('labelSelector', 'string', 'Keeps objects whose labels match.')
const limit = query('limit', 'integer', 'At most so many objects in one page of a list.')
const timeoutSeconds = query('timeoutSeconds', 'integer', 'Ends a list or watch after that time.')
const sendInitialEvents = query(
  'sendInitialEvents',
  'boolean',
  'Begins a watch with one ADDED event for each object there is, and a bookmark after them.',
)

const deleteParameters = [
  dryRun,
  query('gracePeriodSeconds', 'integer', 'Seconds before the object goes; 0 means at once.'),
  query(
    'ignoreStoreReadErrorWithClusterBreakingPotential',
    'boolean',
    'Deletes an object that cannot be read from the store, without any of the usual checks.',
  ),
  query('orphanDependents', 'boolean', 'Deprecated: use propagationPolicy.'),
  query(
    'propagationPolicy',
    'string',
    'What becomes of dependents: Orphan, Background or Foreground.',
  ),
]

/** Query parameters by the action of an operation. */
export const actionParameters = {
  get: [],
  list: [
    query('allowWatchBookmarks', 'boolean', 'Lets a watch send events of type BOOKMARK.'),
    continueToken,
    fieldSelector,
    labelSelector,
    limit,
    resourceVersion,
    resourceVersionMatch,
    sendInitialEvents,
    timeoutSeconds,
    query('watch', 'boolean', 'Sends changes as they happen instead of a list.'),
  ],
  post: [dryRun, fieldManager, fieldValidation],
  put: [dryRun, fieldManager, fieldValidation],
  patch: [
    dryRun,
    fieldManager,
    fieldValidation,
    query('force', 'boolean', 'Takes over fields that another manager owns; for apply only.'),
  ],
  delete: deleteParameters,
  deletecollection: [
    continueToken,
    ...deleteParameters,
    fieldSelector,
    labelSelector,
    limit,
    resourceVersion,
    resourceVersionMatch,
    sendInitialEvents,
    timeoutSeconds,
  ],
} as const satisfies Readonly<Record<string, readonly Parameter[]>>

export const pretty = query('pretty', 'string', "With 'true' the output is indented.")

export const namespaceParameter: Parameter = {
  name: 'namespace',
  in: 'path',
  type: 'string',
  description: 'object name and auth scope, such as for teams and projects',
}

/** The parameter for the name of an object of a kind. */
export function nameParameter(kind: string): Parameter {
  return { name: 'name', in: 'path', type: 'string', description: `name of the ${kind}` }
}

export const pathParameter: Parameter = {
  name: 'path',
  in: 'path',
  type: 'string',
  description: 'path to the resource',
}
