export * as request from "./request";
