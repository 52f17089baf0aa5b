import { humanDuration } from '../values/duration.ts'
import { parseTime } from '../values/time.ts'
import type { ListMeta } from './exchange.ts'
import type { KubeObject, Stored } from './object.ts'
import type { Column } from './resource.ts'

/** meta.k8s.io/v1 Table: what kubectl asks for to print a list. */
export interface Table {
  readonly kind: 'Table'
  readonly apiVersion: 'meta.k8s.io/v1'
  readonly metadata: ListMeta
  readonly columnDefinitions: readonly TableColumn[]
  readonly rows: readonly TableRow[]
}

interface TableColumn {
  readonly name: string
  readonly type: string
  readonly format: string
  readonly description: string
  readonly priority: number
}

/** What a table shows of one object, and as much of it as was asked for. */
export interface TableRow {
  readonly cells: readonly (string | number | bigint | boolean | null)[]
  readonly conditions?: readonly TableRowCondition[]
  readonly object?: unknown
}

/** `Completed` makes kubectl leave a row out where it hides what has ended. */
interface TableRowCondition {
  readonly type: 'Completed'
  readonly status: 'True' | 'False' | 'Unknown'
  readonly reason?: string
  readonly message?: string
}

/** How much of each object a row carries, by the `includeObject` parameter. */
export type IncludeObject = 'None' | 'Metadata' | 'Object'

/** How objects are shown in a table: as of when, and how much of each. */
export interface TableOptions {
  readonly nowMs: number
  readonly metadata: ListMeta
  readonly includeObject: IncludeObject
  /** Later tables of one watch carry no definitions, as upstream's do not. */
  readonly withoutDefinitions?: boolean
  /** Told of an object that a column cannot show; its cell says `<error>`, and the others stand. */
  readonly onUnreadable?: (object: Stored, column: string, error: unknown) => void
}

/** A table of objects. */
export function tableOf<T extends KubeObject>(
  columns: readonly Column<T>[],
  objects: readonly Stored<T>[],
  options: TableOptions,
): Table {
  const rows = objects.map((object) => tableRow(columns, object, options))
  return { ...tableHead(columns, options), rows }
}

/** A table but for its rows. */
export function tableHead<T extends KubeObject>(
  columns: readonly Column<T>[],
  { metadata, withoutDefinitions }: TableOptions,
): Omit<Table, 'rows'> {
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata,
    columnDefinitions: withoutDefinitions ? [] : columns.map(columnDefinition),
  }
}

/** What a table shows of one object. */
export function tableRow<T extends KubeObject>(
  columns: readonly Column<T>[],
  object: Stored<T>,
  options: TableOptions,
): TableRow {
  return {
    cells: columns.map((column) => cellOf(column, object, options)),
    ...rowObject(object, options.includeObject),
  }
}

/** One object that cannot be shown must not hide the others of its list. */
function cellOf<T extends KubeObject>(
  column: Column<T>,
  object: Stored<T>,
  { nowMs, onUnreadable }: TableOptions,
): TableRow['cells'][number] {
  try {
    return column.value(object, nowMs)
  } catch (error) {
    onUnreadable?.(object, column.name, error)
    return column.type === 'string' ? '<error>' : null
  }
}

/** The age of a time as kubectl prints it; `<unknown>` for one that is absent or unreadable. */
export function ageOf(time: string | undefined, nowMs: number): string {
  const ms = time === undefined ? undefined : parseTime(time)
  return ms === undefined ? '<unknown>' : humanDuration(nowMs - ms)
}

function columnDefinition<T extends KubeObject>(column: Column<T>): TableColumn {
  const { name, type, format = '', description = '', priority = 0 } = column
  return { name, type, format, description, priority }
}

function rowObject(object: Stored, include: IncludeObject): { object?: unknown } {
  if (include === 'None') return {}
  if (include === 'Object') return { object }
  return {
    object: {
      kind: 'PartialObjectMetadata',
      apiVersion: 'meta.k8s.io/v1',
      metadata: object.metadata,
    },
  }
}
