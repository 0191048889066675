/**
 * ONNX Runtime (since 1.29) reports sessions, models and errors to its maker unless told not to before it initialises.
 * A system that hears people breathe reports to nobody. Imported before onnxruntime-node, for its effect alone.
 */
process.env['ORT_DISABLE_TELEMETRY'] = '1';
