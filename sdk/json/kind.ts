// What JSON values there are.

/** What a JSON value is. */
export enum JsonKind {
  /** There is no value: what was asked for is not there. */
  Missing = 0,
  /** `null`: there is a value, and it says nothing. */
  Null = 1,
  /** `true` or `false`. */
  Boolean = 2,
  /** A number, whole or not. */
  Number = 3,
  /** A text in quotes. */
  String = 4,
  /** A list of values. */
  Array = 5,
  /** Values by their names. */
  Object = 6,
}
