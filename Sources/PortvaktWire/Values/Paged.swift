/// A request for a page of a list.
package protocol PagedRequest: WireMessage {
    var page: PageRequest { get set }
    /// What is asked for, whichever page of it and whoever reads: a cursor goes on with this and with nothing else.
    var asked: Self { get }
}

extension PagedRequest {
    package var asked: Self { firstPage }

    fileprivate var firstPage: Self {
        var request = self
        request.page = .first
        return request
    }
}

/// A request that says who reads, which may be another one for the next page. Of whose entries, it may not.
package protocol ReadPageRequest: PagedRequest {
    var reader: StatedReader? { get set }
}

extension ReadPageRequest {
    package var asked: Self {
        var request = firstPage
        request.reader = reader?.controller.map { StatedReader(controller: $0) }
        return request
    }
}

/// A page of a list.
package protocol PagedResponse: WireResponse {
    var page: Page { get set }
}

extension ListRecordsRequest: PagedRequest {}
extension ListRecordsResponse: PagedResponse {}
extension ListSystemsRequest: PagedRequest {}
extension ListSystemsResponse: PagedResponse {}
extension ListConsentsRequest: PagedRequest {}
extension ListConsentsResponse: PagedResponse {}
extension ListGrantsRequest: PagedRequest {}
extension ListGrantsResponse: PagedResponse {}
extension PendingGrantsRequest: PagedRequest {}
extension PendingGrantsResponse: PagedResponse {}
extension WhoRequest: PagedRequest {}
extension WhoResponse: PagedResponse {}
extension WhatRequest: PagedRequest {}
extension WhatResponse: PagedResponse {}
extension SimulateRequest: PagedRequest {}
extension SimulateResponse: PagedResponse {}
extension DueRequest: PagedRequest {}
extension DueResponse: PagedResponse {}
extension StatementRequest: PagedRequest {}
extension StatementResponse: PagedResponse {}

extension QueryRequest: ReadPageRequest {}
extension QueryResponse: PagedResponse {}

extension ReviewsRequest: ReadPageRequest {}
extension ReviewsResponse: PagedResponse {}
